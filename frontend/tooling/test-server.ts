import { vi } from "vitest";

/** An answer by path; a number is an error with that status, null never comes. */
type Answers = Record<string, object | number | null>;

/** Answers the page's requests as a server would, below its typed client. */
export function serve(answers: Answers): void {
  vi.stubGlobal("fetch", (request: Request) => {
    const { pathname } = new URL(request.url);
    const answer = answers[pathname];
    if (answer === null) return new Promise(() => undefined);
    if (answer === undefined || typeof answer === "number") {
      const body = { detail: { code: "FAILED", message: `No answer for ${pathname}.` } };
      return Promise.resolve(Response.json(body, { status: answer ?? 404 }));
    }
    return Promise.resolve(Response.json(answer));
  });
}
