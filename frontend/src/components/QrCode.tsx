/** A QR code from its rows, "1" for a dark module; dark on light in every theme, as readers need. */
export function QrCode({ modules, label }: { modules: readonly string[]; label: string }) {
  const QUIET = 4; // modules of light around it, which the standard asks for
  const size = modules.length + 2 * QUIET;
  const path = modules
    .flatMap((row, y) => [...row].map((dark, x) => (dark === "1" ? `M${x} ${y}h1v1h-1z` : "")))
    .join("");
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`${-QUIET} ${-QUIET} ${size} ${size}`}
      className="size-44 rounded-lg bg-white"
      shapeRendering="crispEdges"
    >
      <path d={path} fill="black" />
    </svg>
  );
}
