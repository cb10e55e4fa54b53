import type { FamilyName } from "@/api/series";
import type { Server } from "@/api/servers";
import type { Tone } from "@/components/Status";

/** How well a row of a family does, as the server judges it by the family's declaration. */
export function toneOfRow(server: Server, family: FamilyName, key: string): Tone {
  const found = (server.problems ?? []).find(
    (problem) => problem.family === family && problem.key === key,
  );
  return found?.severity ?? "ok";
}
