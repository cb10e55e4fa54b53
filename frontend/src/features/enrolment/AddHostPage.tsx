import { useQuery } from "@tanstack/react-query";
import { meQuery } from "@/api/auth";
import { Empty } from "@/components/States";
import { usePageTitle } from "@/lib/title";
import { AddHost } from "./AddHost";

/** How a further host comes onto the page. */
export function AddHostPage() {
  usePageTitle("Add a host");
  const { data: me } = useQuery(meQuery);
  return (
    <div className="panel mx-auto max-w-2xl p-6">
      <h1 className="mb-4 text-xl font-semibold">Add a host</h1>
      {me?.scope === "admin" ? (
        <AddHost />
      ) : (
        <Empty title="Only an admin can add a host">Ask whoever set this server up.</Empty>
      )}
    </div>
  );
}
