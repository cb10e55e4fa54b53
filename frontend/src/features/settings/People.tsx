import { useQuery } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { type Role, useCreateUser, useDeleteUser, usersQuery } from "@/api/accounts";
import { meQuery } from "@/api/auth";
import { Confirm } from "@/components/Confirm";
import { Field } from "@/components/Field";
import { Select } from "@/components/Select";
import { FailureBanner, Loaded, Skeleton } from "@/components/States";
import { Badge } from "@/components/Status";
import { Table } from "@/components/Table";
import { Ago } from "@/components/Time";

const ROLES: Record<Role, string> = { viewer: "Sees everything", admin: "Admin" };

/** Who may log in. */
export function People() {
  const answer = useQuery(usersQuery);
  const { data: me } = useQuery(meQuery);
  const remove = useDeleteUser();
  return (
    <>
      <PersonForm />
      <section className="panel p-5">
        <Loaded answer={answer} skeleton={<Skeleton rows={3} />}>
          {({ users }) => (
            <Table caption="People" columns={["Name", "May", "Since", ""]}>
              {users.map((user) => (
                <tr key={user.username}>
                  <td className="font-medium">{user.username}</td>
                  <td>{ROLES[user.role]}</td>
                  <td>
                    <Ago time={user.created_at} />
                  </td>
                  <td className="text-right">
                    {user.username === me?.name ? (
                      <Badge tone="ok">you</Badge>
                    ) : (
                      <Confirm
                        action="Remove"
                        subject={user.username}
                        onConfirm={() => remove.mutateAsync(user.username)}
                      >
                        All sessions of {user.username} end at once.
                      </Confirm>
                    )}
                  </td>
                </tr>
              ))}
            </Table>
          )}
        </Loaded>
      </section>
    </>
  );
}

function PersonForm() {
  const create = useCreateUser();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    create.mutate(
      {
        username: String(data.get("username")),
        password: String(data.get("password")),
        role: String(data.get("role")) as Role,
      },
      { onSuccess: () => form.reset() },
    );
  };
  return (
    <form className="panel space-y-4 p-5" onSubmit={submit}>
      <div className="grid items-end gap-4 sm:grid-cols-[1fr_1fr_11rem_auto]">
        <Field label="User name" name="username" autoComplete="off" required />
        <Field
          label="Password"
          name="password"
          type="password"
          autoComplete="new-password"
          minLength={8}
          required
        />
        <Select label="May" name="role" options={Object.entries(ROLES)} />
        <button type="submit" className="button button-primary" disabled={create.isPending}>
          Add
        </button>
      </div>
      {create.error && <FailureBanner cause={create.error.message} />}
    </form>
  );
}
