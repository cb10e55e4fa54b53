import { useRouter, useSearch } from "@tanstack/react-router";
import type { FormEvent } from "react";
import { useLogin } from "@/api/auth";
import { ROOT } from "@/api/base";
import { ApiError } from "@/api/errors";
import { Field } from "@/components/Field";
import { usePageTitle } from "@/lib/title";
import { AuthCard, FormError } from "./Card";

/** Where a person logs in; afterwards the address they came for opens. */
export function LoginPage() {
  usePageTitle("Log in");
  const login = useLogin();
  const { history } = useRouter();
  const { next } = useSearch({ from: "/login" });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const body = { username: String(form.get("username")), password: String(form.get("password")) };
    login.mutate(body, { onSuccess: () => history.replace(next ?? ROOT.pathname) });
  };
  return (
    <AuthCard title="Log in">
      <form className="flex flex-col gap-4" onSubmit={submit}>
        <Field label="User name" name="username" autoComplete="username" required autoFocus />
        <Field
          label="Password"
          name="password"
          type="password"
          autoComplete="current-password"
          required
        />
        <FormError error={wordsFor(login.error)} />
        <button type="submit" className="button button-primary" disabled={login.isPending}>
          {login.isPending ? "Logging in…" : "Log in"}
        </button>
      </form>
    </AuthCard>
  );
}

/** The server says 401 in words for programs; people get theirs. */
function wordsFor(error: Error | null): Error | null {
  if (error instanceof ApiError && error.status === 401) {
    return new Error("That user name and password do not belong together.");
  }
  return error;
}
