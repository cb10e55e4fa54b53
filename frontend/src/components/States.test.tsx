import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { UnreachableError } from "@/lib/unreachable";
import { Loaded } from "./States";

const show = (answer: { data: string | undefined; error: Error | null }, refetch = vi.fn()) => {
  render(
    <Loaded answer={{ ...answer, refetch }} skeleton={<p>skeleton</p>}>
      {(data) => <p>{data}</p>}
    </Loaded>,
  );
  return refetch;
};

describe("Loaded", () => {
  it("shows a skeleton until there is an answer", () => {
    show({ data: undefined, error: null });
    expect(screen.getByText("skeleton")).toBeTruthy();
  });

  it("names the cause and offers another try where there is nothing to show", async () => {
    const refetch = show({ data: undefined, error: new Error("The disk is full.") });
    expect(screen.getByRole("alert").textContent).toContain("The disk is full.");
    await userEvent.click(screen.getByRole("button", { name: "Retry" }));
    expect(refetch).toHaveBeenCalledOnce();
  });

  it("keeps older data under a banner", () => {
    show({ data: "numbers", error: new Error("The server is away.") });
    expect(screen.getByText("numbers")).toBeTruthy();
    expect(screen.getByRole("alert").textContent).toContain("The server is away.");
  });

  it("leaves it to the page's own banner that the server does not answer", () => {
    show({ data: "numbers", error: new UnreachableError() });
    expect(screen.getByText("numbers")).toBeTruthy();
    expect(screen.queryByRole("alert")).toBeNull();
  });
});
