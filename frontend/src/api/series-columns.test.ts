import { expect, it } from "vitest";
import { seriesByKey } from "./series-columns";

it("gives each key its times in seconds and its columns in numbers", () => {
  const series = seriesByKey({
    series: [
      {
        server_id: "nas",
        key: "/tank",
        timestamps: ["1970-01-01T00:00:10.500+00:00", "1970-01-01T00:00:20.000+00:00"],
        columns: { percent: [12.5, null], read_only: [true, false], state: ["ok", null] },
      },
    ],
  });
  expect([...series.keys()]).toEqual(["/tank"]);
  expect(series.get("/tank")).toEqual({
    timestamps: [10.5, 20],
    columns: { percent: [12.5, null], read_only: [1, 0], state: [null, null] },
  });
});
