import { expect, it } from "vitest";
import { otherFamilies } from "./sheets";

const field = (name: string, kind: string, unit: string) => ({
  name,
  kind,
  unit,
  type: "integer",
  choices: [],
});
const family = (name: string, payload: string, fields: ReturnType<typeof field>[]) => ({
  name,
  payload,
  key: "name",
  summary: "",
  fields,
});

it("tells of every family without a table of its own, as far as it was reported", () => {
  const catalogue = {
    families: [
      family("network_interface", "network_interfaces", []),
      family("fan", "fans", [field("rpm", "gauge", "rpm")]),
      family("disk", "disks", [
        field("model", "label", ""),
        field("read_bytes", "counter", "bytes"),
        field("busy_seconds", "counter", "seconds"),
        field("depth", "gauge", "requests"),
      ]),
    ],
  };
  const row = { name: "sda", model: "X", read_bytes: 9, read_rate: 3, busy_seconds_rate: 0.1 };
  expect(otherFamilies(catalogue, { fans: [], disks: [row] })).toEqual([
    {
      family: "disk",
      title: "Disks",
      columns: [
        { field: "read_rate", title: "Read rate", unit: "bytes_per_second" },
        { field: "busy_seconds_rate", title: "Busy seconds rate", unit: "seconds_per_second" },
      ],
      rows: [{ key: "sda", values: [3, 0.1] }],
    },
  ]);
});
