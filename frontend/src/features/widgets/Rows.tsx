import type { ReactNode } from "react";
import { Disclosure } from "@/components/Disclosure";
import { Meter } from "@/components/Meter";
import { Empty } from "@/components/States";
import { Badge, type Tone } from "@/components/Status";

interface RowsProps<Row> {
  rows: readonly Row[];
  /** What is said where there are none. */
  empty: string;
  nameOf: (row: Row) => string;
  /** What a row opens into: "History", "Transfer". */
  opens: string;
  summary: (row: Row) => ReactNode;
  children: (row: Row) => ReactNode;
}

/** A family's rows one under the other; each opens into its history. */
export function Rows<Row>({ rows, empty, nameOf, opens, summary, children }: RowsProps<Row>) {
  if (rows.length === 0) return <Empty title={empty} />;
  return (
    <div className="-mx-2 divide-y divide-line">
      {rows.map((row) => (
        <Disclosure
          key={nameOf(row)}
          label={`${opens} of ${nameOf(row)}`}
          summary={<div className="py-2 pr-7 pl-2">{summary(row)}</div>}
        >
          {() => children(row)}
        </Disclosure>
      ))}
    </div>
  );
}

interface SummaryProps {
  name: string;
  /** A word for what is out of the ordinary. */
  badge?: { tone: Tone; word: string } | null;
  /** The value of now. */
  figure?: ReactNode;
  detail?: ReactNode;
  /** A share, where it is one: 0 to 100. */
  percent?: number | null;
  tone?: Tone;
}

/** What a row says while it is closed: name, value, and a bar where it is a share. */
export function Summary({ name, badge, figure, detail, percent, tone }: SummaryProps) {
  return (
    <>
      <div className="flex flex-wrap items-baseline gap-x-2">
        <span className="min-w-0 flex-1 font-semibold break-words">{name}</span>
        {badge && <Badge tone={badge.tone}>{badge.word}</Badge>}
        {figure && <span className="font-semibold whitespace-nowrap">{figure}</span>}
      </div>
      {detail && <p className="text-xs text-muted">{detail}</p>}
      {percent !== undefined && percent !== null && (
        <div className="mt-1">
          <Meter percent={percent} tone={tone} label={name} text={`${Math.round(percent)} %`} />
        </div>
      )}
    </>
  );
}
