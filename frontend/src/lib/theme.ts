import { useSyncExternalStore } from "react";

const dark = () => window.matchMedia("(prefers-color-scheme: dark)");

function subscribe(listener: () => void) {
  const query = dark();
  query.addEventListener("change", listener);
  const observer = new MutationObserver(listener);
  observer.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  return () => {
    query.removeEventListener("change", listener);
    observer.disconnect();
  };
}

const effective = () =>
  document.documentElement.dataset.theme ?? (dark().matches ? "dark" : "light");

/** "light" or "dark", as it is seen now; canvases are drawn again when it changes. */
export function useEffectiveTheme(): string {
  return useSyncExternalStore(subscribe, effective);
}

/** The colour that a CSS expression (`var(--color-ink)`) stands for now, as a canvas takes it. */
export function resolveColor(expression: string, alpha = 1): string {
  const probe = document.createElement("span");
  probe.style.color =
    alpha === 1
      ? expression
      : `color-mix(in srgb, ${expression} ${Math.round(alpha * 100)}%, transparent)`;
  document.body.append(probe);
  const color = getComputedStyle(probe).color;
  probe.remove();
  return color;
}
