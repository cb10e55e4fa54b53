import { useEffect } from "react";

let title = "";
let marked = false;

function write() {
  document.title = `${marked ? "(!) " : ""}${title ? `${title} · ` : ""}HomelabCmd`;
}

/** What the browser's tab says while this component is on show. */
export function usePageTitle(text: string): void {
  useEffect(() => {
    title = text;
    write();
  }, [text]);
}

/** Mark the tab while what it shows is not current. */
export function useTitleMark(on: boolean): void {
  useEffect(() => {
    marked = on;
    write();
  }, [on]);
}
