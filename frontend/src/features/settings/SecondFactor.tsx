import { useQuery } from "@tanstack/react-query";
import type { FormEvent } from "react";
import {
  secondFactorQuery,
  useProposeSecondFactor,
  useTurnOffSecondFactor,
  useTurnOnSecondFactor,
} from "@/api/accounts";
import { CopyButton } from "@/components/CopyButton";
import { Field } from "@/components/Field";
import { QrCode } from "@/components/QrCode";
import { FailureBanner, Loaded, Skeleton } from "@/components/States";
import { Badge } from "@/components/Status";

/** A code of an authenticator at each login: turned on, turned off. */
export function SecondFactor() {
  const answer = useQuery(secondFactorQuery);
  const propose = useProposeSecondFactor();
  const turnOn = useTurnOnSecondFactor();
  return (
    <section className="panel space-y-4 p-5">
      <div className="flex flex-wrap items-center gap-3">
        <h2 className="font-semibold">Second factor</h2>
        {answer.data?.on && <Badge tone="ok">on</Badge>}
      </div>
      {turnOn.data && <RecoveryCodes codes={turnOn.data.recovery_codes} />}
      <Loaded answer={answer} skeleton={<Skeleton rows={2} />}>
        {(state) =>
          state.on ? (
            <TurnOff left={state.recovery_codes_left} onDone={propose.reset} />
          ) : propose.data ? (
            <TurnOn proposal={propose.data} turnOn={turnOn} />
          ) : (
            <div className="flex flex-wrap items-center justify-between gap-3">
              <p className="text-muted">
                A code of an authenticator app, asked for after the password at each login.
              </p>
              <button
                type="button"
                className="button"
                disabled={propose.isPending}
                onClick={() => propose.mutate()}
              >
                Set up
              </button>
            </div>
          )
        }
      </Loaded>
      {propose.error && <FailureBanner cause={propose.error.message} />}
    </section>
  );
}

interface TurnOnProps {
  proposal: { secret: string; modules: string[] };
  turnOn: ReturnType<typeof useTurnOnSecondFactor>;
}

function TurnOn({ proposal, turnOn }: TurnOnProps) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    turnOn.mutate({
      secret: proposal.secret,
      code: String(data.get("code")),
      current_password: String(data.get("password")),
    });
  };
  return (
    <form className="flex flex-wrap gap-6" onSubmit={submit}>
      <div className="space-y-2">
        <QrCode modules={proposal.modules} label="QR code for an authenticator app" />
        <p className="max-w-44 text-xs text-muted">
          Scan it, or type <code className="font-mono break-all text-ink">{proposal.secret}</code>
        </p>
      </div>
      <div className="min-w-56 flex-1 space-y-4">
        <Field
          label="Code that it shows"
          name="code"
          inputMode="numeric"
          autoComplete="one-time-code"
          required
        />
        <Field
          label="Your password"
          name="password"
          type="password"
          autoComplete="current-password"
          required
        />
        {turnOn.error && <FailureBanner cause={turnOn.error.message} />}
        <button type="submit" className="button button-primary" disabled={turnOn.isPending}>
          Turn on
        </button>
      </div>
    </form>
  );
}

function TurnOff({ left, onDone }: { left: number; onDone: () => void }) {
  const turnOff = useTurnOffSecondFactor();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    turnOff.mutate({ current_password: String(data.get("password")) }, { onSuccess: onDone });
  };
  return (
    <form className="space-y-3" onSubmit={submit}>
      <p className="text-muted">
        Each login asks for a code. {left} recovery {left === 1 ? "code is" : "codes are"} left.
      </p>
      <div className="grid items-end gap-4 sm:grid-cols-[1fr_auto]">
        <Field
          label="Your password"
          name="password"
          type="password"
          autoComplete="current-password"
          required
        />
        <button type="submit" className="button" disabled={turnOff.isPending}>
          Turn off
        </button>
      </div>
      {turnOff.error && <FailureBanner cause={turnOff.error.message} />}
    </form>
  );
}

function RecoveryCodes({ codes }: { codes: readonly string[] }) {
  return (
    <div role="status" className="space-y-2 rounded-lg bg-ok/10 p-3">
      <p className="font-medium">
        Keep these recovery codes away from your phone. They are not shown again; each lets you in
        once.
      </p>
      <div className="flex flex-wrap items-end justify-between gap-3">
        <ul className="grid grid-cols-2 gap-x-6 font-mono text-sm">
          {codes.map((code) => (
            <li key={code}>{code}</li>
          ))}
        </ul>
        <CopyButton text={codes.join("\n")} />
      </div>
    </div>
  );
}
