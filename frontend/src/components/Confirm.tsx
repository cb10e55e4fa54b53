import { type ReactNode, useState } from "react";
import { Dialog } from "./Dialog";
import { FailureBanner } from "./States";

interface ConfirmProps {
  /** The button's own words ("Revoke"), which the dialog repeats. */
  action: string;
  /** What it is done to, for the dialog's title and for screen readers. */
  subject: string;
  /** What follows from it. */
  children: ReactNode;
  onConfirm: () => Promise<unknown>;
}

/** A button for what can't be undone: it says what follows, and asks. */
export function Confirm({ action, subject, children, onConfirm }: ConfirmProps) {
  const [open, setOpen] = useState(false);
  const [failure, setFailure] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const confirm = () => {
    setBusy(true);
    onConfirm()
      .then(() => setOpen(false), setFailure)
      .finally(() => setBusy(false));
  };
  return (
    <>
      <button
        type="button"
        className="button button-quiet button-danger min-h-8"
        aria-label={`${action} ${subject}`}
        onClick={() => setOpen(true)}
      >
        {action}
      </button>
      <Dialog open={open} title={`${action} ${subject}?`} onClose={() => setOpen(false)}>
        <div className="flex flex-col gap-4">
          <div>{children}</div>
          {failure && <FailureBanner cause={failure.message} />}
          <div className="flex justify-end gap-2">
            <button type="button" className="button" onClick={() => setOpen(false)}>
              Cancel
            </button>
            <button
              type="button"
              className="button button-danger"
              disabled={busy}
              onClick={confirm}
            >
              {action}
            </button>
          </div>
        </div>
      </Dialog>
    </>
  );
}
