import createClient from "openapi-fetch";
import { UnreachableError } from "@/lib/unreachable";
import { ROOT } from "./base";
import { noteAnswer, noteSilence } from "./connection";
import { ApiError, errorOf } from "./errors";
import type { paths } from "./schema";

/** What a proxy says when the server behind it does not answer; 503 is the server's own word too. */
const SILENT = new Set([502, 504]);

async function watchedFetch(request: Request): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(request);
  } catch (error) {
    // A request that was given up says nothing about the server.
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    noteSilence();
    throw new UnreachableError();
  }
  if (SILENT.has(response.status)) noteSilence();
  else noteAnswer();
  return response;
}

/** The typed client of everything the server's OpenAPI names. */
export const client = createClient<paths>({
  baseUrl: ROOT.href.replace(/\/$/, ""),
  credentials: "same-origin",
  // With a session cookie the server wants to see that the page itself asks for a change.
  headers: { "X-Requested-With": "homelab-cmd" },
  fetch: watchedFetch,
});

/** The data of an answer; throws an ApiError for anything but success. */
export async function unwrap<Data>(
  answer: Promise<{ data?: Data; error?: unknown; response: Response }>,
): Promise<Data> {
  const { data, error, response } = await answer;
  if (!response.ok) throw errorOf(response, error);
  return data as Data;
}

/** Whether an error is the server's "who are you?". */
export const isUnauthorized = (error: unknown): boolean =>
  error instanceof ApiError && error.status === 401;
