import { act, render, screen } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";
import { useNearScreen } from "./near-screen";

type Tell = (entries: { target: Element; isIntersecting: boolean }[]) => void;

let tell: Tell;
const watched = new Set<Element>();

// The test's browser knows no layout, so where things stand has to be told.
class Observer {
  observe = (element: Element) => watched.add(element);
  unobserve = (element: Element) => watched.delete(element);
  constructor(callback: Tell) {
    tell = callback;
  }
}

beforeEach(() => {
  watched.clear();
  vi.stubGlobal("IntersectionObserver", Observer);
});

function Row({ first }: { first: boolean }) {
  const [ref, near] = useNearScreen(first);
  return <p ref={ref}>{near ? "drawn" : "left out"}</p>;
}

it("follows where the element stands, and stops when it goes", () => {
  const { unmount } = render(<Row first={false} />);
  const row = screen.getByText("left out");
  act(() => tell([{ target: row, isIntersecting: true }]));
  expect(row.textContent).toBe("drawn");
  act(() => tell([{ target: row, isIntersecting: false }]));
  expect(row.textContent).toBe("left out");
  unmount();
  expect(watched.size).toBe(0);
});

it("takes the first guess until it is told", () => {
  render(<Row first={true} />);
  expect(screen.getByText("drawn")).toBeTruthy();
});
