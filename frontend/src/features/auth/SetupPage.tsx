import { Link, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useSetup } from "@/api/auth";
import { Field } from "@/components/Field";
import { usePageTitle } from "@/lib/title";
import { AuthCard, FormError } from "./Card";

/** The one-time token stands behind the #, so that it reaches no log and no proxy. */
const tokenOf = (hash: string) => new URLSearchParams(hash.replace(/^#/, "")).get("token") ?? "";

/** The first start: whoever holds the printed link becomes the first admin. */
export function SetupPage() {
  usePageTitle("Set up");
  const setup = useSetup();
  const navigate = useNavigate();
  const [token] = useState(() => tokenOf(window.location.hash));
  const [mismatch, setMismatch] = useState<Error | null>(null);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? "");
    if (text("password") !== text("repeat")) {
      setMismatch(new Error("The two passwords differ."));
      return;
    }
    setMismatch(null);
    setup.mutate(
      { setup_token: text("token"), username: text("username"), password: text("password") },
      { onSuccess: () => navigate({ to: "/", replace: true }) },
    );
  };
  return (
    <AuthCard title="Make the first admin">
      <form className="flex flex-col gap-4" onSubmit={submit}>
        {token ? (
          <input type="hidden" name="token" value={token} />
        ) : (
          <Field
            label="Set-up token"
            name="token"
            required
            autoComplete="off"
            hint="The server printed a link with it at its first start."
          />
        )}
        <Field label="User name" name="username" autoComplete="username" required autoFocus />
        <Field
          label="Password"
          name="password"
          type="password"
          autoComplete="new-password"
          minLength={8}
          required
        />
        <Field
          label="Password, again"
          name="repeat"
          type="password"
          autoComplete="new-password"
          required
        />
        <FormError error={mismatch ?? setup.error} />
        <button type="submit" className="button button-primary" disabled={setup.isPending}>
          {setup.isPending ? "Setting up…" : "Set up"}
        </button>
        <Link to="/login" className="text-center text-muted underline">
          There is a user already: log in
        </Link>
      </form>
    </AuthCard>
  );
}
