/** `action` at once, and again at the end of each stretch in which it was called for once more. */
export function throttled(everyMs: number, action: () => unknown): () => void {
  let waiting = false;
  let calledAgain = false;
  const run = () => {
    action();
    waiting = true;
    calledAgain = false;
    setTimeout(() => {
      waiting = false;
      if (calledAgain) run();
    }, everyMs);
  };
  return () => {
    if (waiting) calledAgain = true;
    else run();
  };
}
