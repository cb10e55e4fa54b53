import { useQuery } from "@tanstack/react-query";
import { hostLayoutQuery, type Placement, useSaveHostLayout, type Width } from "@/api/layouts";
import type { Server } from "@/api/servers";
import { type Arrangement, arrange, changed, moved } from "@/features/widgets/arrangement";
import { allWidgets } from "@/features/widgets/registry";

/** How the host's widgets stand, and the ways to change that. */
export interface HostArrangement extends Arrangement {
  /** Whether it is not known yet. */
  loading: boolean;
  /** Whether it was read: what is not known must not be saved over. */
  known: boolean;
  /** Why it is not known, or not saved. */
  failure: { cause: string; retry: () => void } | null;
  /** Put a widget into the place of another one. */
  move: (id: string, target: string) => void;
  resize: (id: string, width: Width) => void;
  setHidden: (id: string, hidden: boolean) => void;
  reset: () => void;
}

export function useArrangement(server: Server): HostArrangement {
  const answer = useQuery(hostLayoutQuery(server.id));
  const save = useSaveHostLayout(server.id);
  const layout: readonly Placement[] = answer.data?.widgets ?? [];
  const widgets = allWidgets.filter((widget) => widget.isThere(server));
  return {
    ...arrange(widgets, layout),
    loading: answer.isPending,
    known: answer.data !== undefined,
    failure: failureOf(answer, save),
    move: (id, target) => save.mutate(moved(widgets, layout, id, target)),
    resize: (id, width) => save.mutate(changed(widgets, layout, id, { width })),
    setHidden: (id, hidden) => save.mutate(changed(widgets, layout, id, { hidden })),
    reset: () => save.mutate([]),
  };
}

function failureOf(
  answer: { error: Error | null; data: unknown; refetch: () => unknown },
  save: ReturnType<typeof useSaveHostLayout>,
): HostArrangement["failure"] {
  if (save.error) {
    const { variables } = save;
    return {
      cause: `How you arranged the widgets is not saved: ${save.error.message}`,
      retry: () => save.mutate(variables),
    };
  }
  if (!answer.error || answer.data !== undefined) return null;
  return {
    cause: `How you arranged the widgets could not be read: ${answer.error.message}`,
    retry: () => void answer.refetch(),
  };
}
