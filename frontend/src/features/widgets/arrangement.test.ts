import { describe, expect, it } from "vitest";
import type { Placement } from "@/api/layouts";
import { arrange, changed, moved } from "./arrangement";
import type { Widget } from "./types";

const widget = (id: string, width?: Widget["width"]): Widget => ({
  id,
  title: id.toUpperCase(),
  width,
  isThere: () => true,
  Component: () => null,
});
const placement = (id: string, more: Partial<Placement> = {}): Placement => ({
  id,
  width: null,
  hidden: false,
  ...more,
});

const WIDGETS = [widget("cpu"), widget("load"), widget("disks", "full")];
const shownIds = (layout: Placement[]) =>
  arrange(WIDGETS, layout).shown.map(({ widget }) => widget.id);

describe("arrange", () => {
  it("keeps the widgets' own order and width where nobody arranged them", () => {
    const { shown, hidden } = arrange(WIDGETS, []);
    expect(shown.map((one) => [one.widget.id, one.width])).toEqual([
      ["cpu", "half"],
      ["load", "half"],
      ["disks", "full"],
    ]);
    expect(hidden).toEqual([]);
  });

  it("follows the layout, and puts what that does not know at the end", () => {
    expect(shownIds([placement("disks"), placement("cpu")])).toEqual(["disks", "cpu", "load"]);
  });

  it("leaves out what is hidden, and what the host does not have", () => {
    const layout = [placement("gpu"), placement("cpu", { hidden: true })];
    expect(shownIds(layout)).toEqual(["load", "disks"]);
    expect(arrange(WIDGETS, layout).hidden.map(({ id }) => id)).toEqual(["cpu"]);
  });

  it("prefers the width that was chosen", () => {
    const { shown } = arrange(WIDGETS, [placement("disks", { width: "third" })]);
    expect(shown[0]?.width).toBe("third");
  });
});

describe("moved", () => {
  it("takes the place of one before it, and of one after it", () => {
    expect(shownIds(moved(WIDGETS, [], "disks", "cpu"))).toEqual(["disks", "cpu", "load"]);
    expect(shownIds(moved(WIDGETS, [], "cpu", "disks"))).toEqual(["load", "disks", "cpu"]);
    expect(shownIds(moved(WIDGETS, [], "cpu", "load"))).toEqual(["load", "cpu", "disks"]);
  });

  it("keeps what the layout says of widgets that are not there", () => {
    const gone = placement("gpu", { width: "full" });
    expect(moved(WIDGETS, [gone, placement("cpu")], "load", "cpu")).toEqual([
      gone,
      placement("load"),
      placement("cpu"),
      placement("disks"),
    ]);
  });

  it("changes nothing towards a widget that is not there", () => {
    expect(shownIds(moved(WIDGETS, [], "cpu", "gpu"))).toEqual(["cpu", "load", "disks"]);
  });
});

it("changed touches the one widget alone", () => {
  const layout = [placement("load", { width: "third" })];
  expect(changed(WIDGETS, layout, "cpu", { hidden: true })).toEqual([
    placement("load", { width: "third" }),
    placement("cpu", { hidden: true }),
    placement("disks"),
  ]);
});
