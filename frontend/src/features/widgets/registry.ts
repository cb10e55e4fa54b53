import type { FamilyName } from "@/api/series";
import { batteryWidgets } from "@/features/battery/widgets";
import { containerWidgets } from "@/features/container/widgets";
import { diskWidgets } from "@/features/disk/widgets";
import { fanWidgets } from "@/features/fan/widgets";
import { filesystemWidgets } from "@/features/filesystem/widgets";
import { gpuWidgets } from "@/features/gpu/widgets";
import { hostMetricsWidgets } from "@/features/host_metrics/widgets";
import { networkInterfaceWidgets } from "@/features/network_interface/widgets";
import { processWidgets } from "@/features/process/widgets";
import { processorWidgets } from "@/features/processor/widgets";
import { raidWidgets } from "@/features/raid/widgets";
import { smartWidgets } from "@/features/smart/widgets";
import { softwareUpdateWidgets } from "@/features/software_update/widgets";
import { systemdUnitWidgets } from "@/features/systemd_unit/widgets";
import { temperatureWidgets } from "@/features/temperature/widgets";
import { upsWidgets } from "@/features/ups/widgets";
import type { Widget } from "./types";

/** The widgets of every family the server knows: a family without one does not compile. */
export const widgetsByFamily: Record<FamilyName, readonly Widget[]> = {
  host: hostMetricsWidgets,
  filesystem: filesystemWidgets,
  network_interface: networkInterfaceWidgets,
  temperature: temperatureWidgets,
  disk: diskWidgets,
  processor: processorWidgets,
  fan: fanWidgets,
  raid: raidWidgets,
  container: containerWidgets,
  systemd_unit: systemdUnitWidgets,
  software_update: softwareUpdateWidgets,
  smart: smartWidgets,
  battery: batteryWidgets,
  ups: upsWidgets,
  gpu: gpuWidgets,
  process: processWidgets,
};

/** All widgets in the order in which they stand until someone rearranges them. */
export const allWidgets: readonly Widget[] = Object.values(widgetsByFamily).flat();
