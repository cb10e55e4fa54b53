import { cleanup } from "@testing-library/react";
import { afterEach } from "vitest";

// Times and numbers are written for people; the tests read them in one language and zone.
process.env.TZ = "UTC";
Object.defineProperty(navigator, "language", { value: "en-GB", configurable: true });

afterEach(cleanup);
