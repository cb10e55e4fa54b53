// A browser started with LANG=C says "en-US@posix", which Intl refuses: uPlot would throw at import.
try {
  new Intl.DateTimeFormat(navigator.language);
} catch {
  Object.defineProperty(navigator, "language", { value: "en-US", configurable: true });
}
