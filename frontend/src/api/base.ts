/** Where the server's root is; below a proxy's path that is not the root of the address. */
export const ROOT = new URL(".", document.baseURI);

/** The path under which the page stands, without a slash at its end ("" at the root). */
export const ROOT_PATH = ROOT.pathname.replace(/\/$/, "");

/** The address of a WebSocket of this server. */
export function socketUrl(path: string): string {
  const url = new URL(path, ROOT);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}
