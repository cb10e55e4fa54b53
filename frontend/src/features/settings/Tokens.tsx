import { useQuery } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { type Scope, tokensQuery, useCreateToken, useRevokeToken } from "@/api/accounts";
import { Confirm } from "@/components/Confirm";
import { CopyButton } from "@/components/CopyButton";
import { Field } from "@/components/Field";
import { Select } from "@/components/Select";
import { Empty, FailureBanner, Loaded, Skeleton } from "@/components/States";
import { Table } from "@/components/Table";
import { Ago } from "@/components/Time";
import { formatAbsolute } from "@/lib/format";

const SCOPES: readonly (readonly [Scope, string])[] = [
  ["read", "Read"],
  ["write", "Read and write"],
  ["admin", "Everything"],
];

/** Credentials of scripts: made here, shown once, revoked here. */
export function Tokens() {
  const answer = useQuery(tokensQuery);
  const revoke = useRevokeToken();
  return (
    <>
      <TokenForm />
      <section className="panel p-5">
        <Loaded answer={answer} skeleton={<Skeleton rows={3} />}>
          {({ tokens }) =>
            tokens.length === 0 ? (
              <Empty title="No token yet">Scripts and dashboards log in with one.</Empty>
            ) : (
              <Table caption="API tokens" columns={["Name", "May", "Made", "Ends", ""]}>
                {tokens.map((token) => (
                  <tr key={token.id}>
                    <td className="font-medium">{token.name}</td>
                    <td>{SCOPES.find(([scope]) => scope === token.scope)?.[1]}</td>
                    <td>
                      <Ago time={token.created_at} />
                    </td>
                    <td>
                      {token.expires_at ? formatAbsolute(new Date(token.expires_at)) : "never"}
                    </td>
                    <td className="text-right">
                      <Confirm
                        action="Revoke"
                        subject={token.name}
                        onConfirm={() => revoke.mutateAsync(token.id)}
                      >
                        What uses it is refused from then on.
                      </Confirm>
                    </td>
                  </tr>
                ))}
              </Table>
            )
          }
        </Loaded>
      </section>
    </>
  );
}

function TokenForm() {
  const create = useCreateToken();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    const days = Number(data.get("days"));
    create.mutate(
      {
        name: String(data.get("name")),
        scope: String(data.get("scope")) as Scope,
        expires_in_days: days || null,
      },
      { onSuccess: () => form.reset() },
    );
  };
  return (
    <form className="panel space-y-4 p-5" onSubmit={submit}>
      <div className="grid items-end gap-4 sm:grid-cols-[1fr_10rem_8rem_auto]">
        <Field label="Name" name="name" required maxLength={100} placeholder="grafana" />
        <Select label="May" name="scope" options={SCOPES} />
        <Field
          label="Days until it ends"
          name="days"
          type="number"
          min={1}
          max={3650}
          placeholder="never"
        />
        <button type="submit" className="button button-primary" disabled={create.isPending}>
          Make a token
        </button>
      </div>
      {create.error && <FailureBanner cause={create.error.message} />}
      {create.data && (
        <div role="status" className="space-y-2 rounded-lg bg-ok/10 p-3">
          <p className="font-medium">
            This is {create.data.name}. Copy it now: it is not shown again.
          </p>
          <div className="flex flex-wrap items-center gap-2">
            <code className="min-w-0 flex-1 font-mono text-xs break-all">{create.data.token}</code>
            <CopyButton text={create.data.token} />
          </div>
        </div>
      )}
    </form>
  );
}
