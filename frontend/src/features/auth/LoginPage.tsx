import { useQuery } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { loginMethodsQuery, useLogin, useProviderLogin, useProxyLogin } from "@/api/auth";
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
      <OtherWays next={next} />
    </AuthCard>
  );
}

/** Logging in by somebody else's word, where the server has somebody to ask. */
function OtherWays({ next }: { next: string | undefined }) {
  const { data: methods } = useQuery(loginMethodsQuery);
  const provider = useProviderLogin();
  const proxy = useProxyLogin();
  const { history } = useRouter();
  const { problem } = useSearch({ from: "/login" });
  const error = provider.error ?? proxy.error;
  if (!methods?.provider && !methods?.proxy_user && !problem) return null;
  return (
    <div className="mt-4 flex flex-col gap-3 border-t border-line pt-4">
      {methods?.provider && (
        <button
          type="button"
          className="button justify-center"
          disabled={provider.isPending}
          onClick={() => provider.mutate(next?.slice(ROOT.pathname.length) ?? "")}
        >
          Log in with {methods.provider}
        </button>
      )}
      {methods?.proxy_user && (
        <button
          type="button"
          className="button justify-center"
          disabled={proxy.isPending}
          onClick={() =>
            proxy.mutate(undefined, { onSuccess: () => history.replace(next ?? ROOT.pathname) })
          }
        >
          Go on as {methods.proxy_user}
        </button>
      )}
      <FormError error={error ?? (problem ? new Error(wordsForProblem(problem)) : null)} />
    </div>
  );
}

const PROBLEMS: Readonly<Record<string, string>> = {
  LOGIN_EXPIRED: "That login was begun elsewhere, or too long ago. Try again.",
  PROVIDER_REFUSED: "The login there was not finished.",
  PROVIDER_FAILED: "The login there can't be trusted or did not work; the server's log says why.",
  NO_ACCOUNT: "You have no account here. Ask an admin for one.",
  NAME_TAKEN:
    "There is an account of your name already. Log in to it by its password, then connect the two under Settings, Your account.",
  IDENTITY_TAKEN: "That identity belongs to another account here.",
};

const wordsForProblem = (problem: string) => PROBLEMS[problem] ?? "The login did not work.";

const codeOf = (error: Error | null) => (error instanceof ApiError ? error.code : undefined);

/** The server says 401 in words for programs; people get theirs. */
function wordsFor(error: Error | null): Error | null {
  if (codeOf(error) === "CODE_NEEDED") return null;
  if (codeOf(error) === "BAD_LOGIN") {
    return new Error("That user name and password do not belong together.");
  }
  return error;
}
