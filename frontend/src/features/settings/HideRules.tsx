import { useQuery } from "@tanstack/react-query";
import { meQuery } from "@/api/auth";
import { type HideRule, hideRulesQuery, useDeleteHideRule } from "@/api/hiding";
import { Confirm } from "@/components/Confirm";
import { Empty, Loaded, Skeleton } from "@/components/States";
import { Table } from "@/components/Table";
import { Ago } from "@/components/Time";
import { HideRuleForm } from "./HideRuleForm";
import { familyTitle } from "./words";

/** What is left out of lists: the rules, and for admins a way to make and to end them. */
export function HideRules() {
  const answer = useQuery(hideRulesQuery);
  const { data: me } = useQuery(meQuery);
  const isAdmin = me?.scope === "admin";
  return (
    <>
      <p className="max-w-prose text-muted">
        What a rule hides is still measured and kept. It is left out of lists, of a host's health
        and of its worst filesystem; on a host's page it can be shown again at any time.
      </p>
      {isAdmin && <HideRuleForm />}
      <section className="panel p-5">
        <Loaded answer={answer} skeleton={<Skeleton rows={3} />}>
          {({ rules }) =>
            rules.length === 0 ? (
              <Empty title="Nothing is hidden">
                Rules are for what is never worth a look, such as snaps or the interfaces of
                containers.
              </Empty>
            ) : (
              <RuleTable rules={rules} mayDelete={isAdmin} />
            )
          }
        </Loaded>
      </section>
    </>
  );
}

function RuleTable({ rules, mayDelete }: { rules: HideRule[]; mayDelete: boolean }) {
  const remove = useDeleteHideRule();
  return (
    <Table caption="Hide rules" columns={["Name", "Kind", "On", "Hides now", "Made", ""]}>
      {rules.map((rule) => (
        <tr key={rule.id}>
          <td className="font-mono font-medium break-all">{rule.pattern}</td>
          <td>{familyTitle(rule.family)}</td>
          <td>{rule.server_id ?? "all hosts"}</td>
          <td>{rule.hides}</td>
          <td title={`by ${rule.created_by.replace(/^user:/, "")}`}>
            <Ago time={rule.created_at} />
          </td>
          <td className="text-right">
            {mayDelete && (
              <Confirm
                action="Show again"
                subject={`what ${rule.pattern} hides`}
                onConfirm={() => remove.mutateAsync(rule.id)}
              >
                The rule is deleted; what no other rule hides is in the lists at once.
              </Confirm>
            )}
          </td>
        </tr>
      ))}
    </Table>
  );
}
