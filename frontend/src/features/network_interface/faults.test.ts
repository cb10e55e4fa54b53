import { expect, it } from "vitest";
import { faultsOf } from "./faults";

it("adds up both ways, per minute, over the time that is known", () => {
  const columns = {
    rx_errors: [0, null, 0.5],
    tx_errors: [0, null, 0],
    rx_dropped: [1, null, 2],
    tx_dropped: [null, null, null],
  };
  expect(faultsOf({ timestamps: [1, 2, 3], columns })).toEqual({ errors: 15, drops: 90 });
});

it("is none where an interface does not count them", () => {
  expect(faultsOf(undefined)).toEqual({ errors: 0, drops: 0 });
});
