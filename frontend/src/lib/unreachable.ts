/** No answer at all: the server is away, or the way to it is. */
export class UnreachableError extends Error {
  constructor() {
    super("The server does not answer.");
    this.name = "UnreachableError";
  }
}
