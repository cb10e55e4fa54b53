import { describe, expect, it } from "vitest";
import { UnreachableError } from "@/lib/unreachable";
import { ApiError } from "./errors";
import { worthRetrying } from "./query";

describe("worthRetrying", () => {
  it("tries again where the server asks for patience, twice at most", () => {
    const busy = new ApiError(503, "UNAVAILABLE", "");
    expect(worthRetrying(0, busy)).toBe(true);
    expect(worthRetrying(2, busy)).toBe(false);
  });

  it("shows at once what is final, and that the server is away", () => {
    expect(worthRetrying(0, new ApiError(404, "NOT_FOUND", ""))).toBe(false);
    expect(worthRetrying(0, new UnreachableError())).toBe(false);
  });
});
