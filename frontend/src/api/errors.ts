/** An answer of the server that is not what was asked for. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

/** The error that a response tells of: ours, FastAPI's list of fields, or a proxy's page. */
export function errorOf(response: Response, body: unknown): ApiError {
  const detail = isRecord(body) ? body.detail : undefined;
  if (isRecord(detail) && typeof detail.message === "string") {
    return new ApiError(response.status, String(detail.code ?? ""), detail.message);
  }
  if (Array.isArray(detail)) {
    const words = detail.filter(isRecord).map((one) => `${pathOf(one.loc)}: ${String(one.msg)}`);
    return new ApiError(response.status, "INVALID", words.join("; "));
  }
  const fallback = `The server answered ${response.status} ${response.statusText}`.trim();
  return new ApiError(response.status, "", `${fallback}.`);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

const pathOf = (loc: unknown) => (Array.isArray(loc) ? loc.slice(1).join(".") : "");
