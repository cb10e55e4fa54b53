import { expect, it } from "vitest";
import { unitsOf } from "./catalogue";

it("names the unit of a counter's rate too", () => {
  const field = { type: "integer", choices: [] };
  const units = unitsOf({
    families: [
      {
        name: "network_interface",
        payload: "network_interfaces",
        key: "name",
        summary: "",
        fields: [
          { name: "rx_bytes", kind: "counter", unit: "bytes", ...field },
          { name: "speed_bits_per_second", kind: "gauge", unit: "bits_per_second", ...field },
        ],
      },
    ],
  });
  expect(Object.fromEntries(units)).toEqual({
    "network_interface.rx_bytes": "bytes",
    "network_interface.rx_rate": "bytes_per_second",
    "network_interface.speed_bits_per_second": "bits_per_second",
  });
});
