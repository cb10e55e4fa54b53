import { describe, expect, it } from "vitest";
import { errorOf } from "./errors";

const response = (status: number, statusText = "") => new Response(null, { status, statusText });

describe("errorOf", () => {
  it("takes the server's own words", () => {
    const body = { detail: { code: "NOT_FOUND", message: "There is no host nas." } };
    expect(errorOf(response(404), body)).toMatchObject({
      status: 404,
      code: "NOT_FOUND",
      message: "There is no host nas.",
    });
  });

  it("names the fields of a refused form", () => {
    const body = { detail: [{ loc: ["body", "username"], msg: "too short", type: "x" }] };
    expect(errorOf(response(422), body).message).toBe("username: too short");
  });

  it.each([["<html>"], [null], [{ detail: "odd" }]])("says what it can of %j", (body) => {
    expect(errorOf(response(502, "Bad Gateway"), body).message).toBe(
      "The server answered 502 Bad Gateway.",
    );
  });
});
