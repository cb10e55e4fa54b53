import { Link } from "@tanstack/react-router";
import { Empty, Failure } from "@/components/States";
import { usePageTitle } from "@/lib/title";

/** An address that leads nowhere. */
export function NotFound() {
  usePageTitle("No such page");
  return (
    <main className="p-8">
      <Empty title="There is no such page" isPage>
        <Link to="/" className="underline">
          Go to the hosts
        </Link>
      </Empty>
    </main>
  );
}

/** The page itself failed; a reload is all that helps. */
export function Broken({ error }: { error: Error }) {
  return (
    <main className="p-8">
      <Failure
        cause={`The page came upon a mistake of its own: ${error.message}`}
        onRetry={() => window.location.reload()}
      />
    </main>
  );
}
