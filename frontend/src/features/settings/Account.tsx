import { useQuery } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { sessionsQuery, useChangePassword, useEndSession } from "@/api/accounts";
import { loginMethodsQuery, useConnectProvider } from "@/api/auth";
import { Confirm } from "@/components/Confirm";
import { Field } from "@/components/Field";
import { FailureBanner, Loaded, Skeleton } from "@/components/States";
import { Badge } from "@/components/Status";
import { Table } from "@/components/Table";
import { Ago } from "@/components/Time";
import { SecondFactor } from "./SecondFactor";

/** One's own password, second factor and provider, and where one is logged in. */
export function Account() {
  return (
    <>
      <PasswordForm />
      <SecondFactor />
      <Provider />
      <Sessions />
    </>
  );
}

function PasswordForm() {
  const change = useChangePassword();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    change.mutate(
      {
        current_password: String(data.get("current")),
        new_password: String(data.get("new")),
      },
      { onSuccess: () => form.reset() },
    );
  };
  return (
    <form className="panel grid items-end gap-4 p-5 sm:grid-cols-[1fr_1fr_auto]" onSubmit={submit}>
      <h2 className="font-semibold sm:col-span-3">Password</h2>
      <Field
        label="Current password"
        name="current"
        type="password"
        autoComplete="current-password"
        required
      />
      <Field
        label="New password"
        name="new"
        type="password"
        autoComplete="new-password"
        minLength={8}
        required
      />
      <button type="submit" className="button button-primary" disabled={change.isPending}>
        Change
      </button>
      <p role="status" className="sm:col-span-3 empty:hidden">
        {change.isSuccess && "It is changed. Your other sessions have ended."}
      </p>
      {change.error && <FailureBanner cause={change.error.message} />}
    </form>
  );
}

function Provider() {
  const { data: methods } = useQuery(loginMethodsQuery);
  const connect = useConnectProvider();
  if (!methods?.provider) return null;
  return (
    <section className="panel flex flex-wrap items-center justify-between gap-3 p-5">
      <div>
        <h2 className="font-semibold">{methods.provider}</h2>
        <p className="text-muted">Connected to your account, it logs you in without a password.</p>
      </div>
      <button
        type="button"
        className="button"
        disabled={connect.isPending}
        onClick={() => connect.mutate()}
      >
        Connect
      </button>
      {connect.error && <FailureBanner cause={connect.error.message} />}
    </section>
  );
}

function Sessions() {
  const answer = useQuery(sessionsQuery);
  const end = useEndSession();
  return (
    <section className="panel p-5">
      <h2 className="mb-3 font-semibold">Where you are logged in</h2>
      <Loaded answer={answer} skeleton={<Skeleton rows={2} />}>
        {({ sessions }) => (
          <Table caption="Sessions" columns={["Browser", "Address", "Since", ""]}>
            {sessions.map((session) => (
              <tr key={session.id}>
                <td className="max-w-64 truncate" title={session.user_agent}>
                  {session.user_agent}
                </td>
                <td>{session.address}</td>
                <td>
                  <Ago time={session.created_at} />
                </td>
                <td className="text-right">
                  {session.current ? (
                    <Badge tone="ok">this one</Badge>
                  ) : (
                    <Confirm
                      action="Log out"
                      subject={`the session at ${session.address}`}
                      onConfirm={() => end.mutateAsync(session.id)}
                    >
                      Whoever uses it has to log in again.
                    </Confirm>
                  )}
                </td>
              </tr>
            ))}
          </Table>
        )}
      </Loaded>
    </section>
  );
}
