import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { throttled } from "./throttle";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("acts at once, then once a stretch for as long as it is called", () => {
  const action = vi.fn();
  const call = throttled(1000, action);
  call();
  expect(action).toHaveBeenCalledTimes(1);
  call();
  call();
  expect(action).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(1000);
  expect(action).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(5000);
  expect(action).toHaveBeenCalledTimes(2);
  call();
  expect(action).toHaveBeenCalledTimes(3);
});
