import { useRouter, useSearch } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
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
  // Once asked for, the code stays asked for: a wrong one is to be mended, not begun again.
  const [needsCode, setNeedsCode] = useState(false);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? "");
    const body = { username: text("username"), password: text("password"), code: text("code") };
    login.mutate(body, {
      onSuccess: () => history.replace(next ?? ROOT.pathname),
      onError: (error) => {
        if (codeOf(error) === "CODE_NEEDED") setNeedsCode(true);
      },
    });
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
        {needsCode && (
          <Field
            label="Code"
            name="code"
            inputMode="numeric"
            autoComplete="one-time-code"
            required
            autoFocus
            hint="From your authenticator, or one of your recovery codes."
          />
        )}
        <FormError error={wordsFor(login.error)} />
        <button type="submit" className="button button-primary" disabled={login.isPending}>
          {login.isPending ? "Logging in…" : "Log in"}
        </button>
      </form>
    </AuthCard>
  );
}

const codeOf = (error: Error | null) => (error instanceof ApiError ? error.code : undefined);

/** The server says 401 in words for programs; people get theirs. */
function wordsFor(error: Error | null): Error | null {
  if (codeOf(error) === "CODE_NEEDED") return null;
  if (codeOf(error) === "BAD_LOGIN") {
    return new Error("That user name and password do not belong together.");
  }
  return error;
}
