/** A moment in Unix seconds as an input of local date and time takes it. */
export function toLocalInput(seconds: number): string {
  const time = new Date(seconds * 1000);
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

/** What such an input holds, in Unix seconds; null where it is empty. */
export function fromLocalInput(value: unknown): number | null {
  const time = typeof value === "string" ? new Date(value).getTime() : Number.NaN;
  return Number.isFinite(time) ? time / 1000 : null;
}
