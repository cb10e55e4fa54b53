import { useEffect, useRef } from "react";

/** What keys do, by `KeyboardEvent.key`. Return false to leave the key to the browser. */
export type KeyMap = Record<string, (event: KeyboardEvent) => unknown>;

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** Listen to keys on the whole page; not while someone types, nor in an open dialog or menu. */
export function useKeys(keys: KeyMap): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (isTyping(event.target) || document.querySelector("dialog[open], [role=menu]")) return;
      const action = latest.current[event.key];
      if (action && action(event) !== false) event.preventDefault();
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, []);
}
