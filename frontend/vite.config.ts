import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { budget } from "./tooling/budget.ts";

/** Where `npm run dev` finds the server whose page it replaces. */
const server = process.env.HOMELAB_CMD_DEV_SERVER ?? "http://127.0.0.1:8080";

export default defineConfig({
  // Every address is relative: the page must work under any path behind a proxy.
  base: "./",
  plugins: [react(), tailwindcss(), budget()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    outDir: "../backend/src/homelab_cmd/web",
    emptyOutDir: true,
    // The content security policy allows no data: addresses for scripts and fonts.
    assetsInlineLimit: 0,
    target: "es2023",
  },
  server: { proxy: { "/api": server, "/ws": { target: server, ws: true } } },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["tooling/test-setup.ts"],
    restoreMocks: true,
    unstubGlobals: true,
  },
});
