import { useState } from "react";
import { Icon } from "./Icon";

/** Puts a text on the clipboard and says that it did. */
export function CopyButton({ text, label = "Copy" }: { text: string; label?: string }) {
  const [state, setState] = useState<"idle" | "copied" | "failed">("idle");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setState("copied");
    } catch {
      // Without HTTPS the browser gives no clipboard: the text itself can still be selected.
      setState("failed");
    }
    setTimeout(() => setState("idle"), 2500);
  };
  const words = { idle: label, copied: "Copied", failed: "Select it and copy" };
  return (
    <button type="button" className="button" onClick={copy}>
      <Icon name={state === "copied" ? "check" : "copy"} />
      <span aria-live="polite">{words[state]}</span>
    </button>
  );
}
