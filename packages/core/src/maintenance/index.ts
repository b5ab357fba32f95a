export {
  type CleanedTarget,
  type CleanupOptions,
  type CleanupProgress,
  type CleanupReport,
  cleanup,
  cleanupReportOf,
} from "./cleanup.ts";
export {
  type CleanupTarget,
  type CleanupTargetName,
  cleanupTargets,
  selectCleanupTargets,
} from "./cleanup-targets.ts";
export type { RemovableFiles } from "./delete-jobs.ts";
export { type DoctorFinding, type DoctorReport, doctorReport } from "./doctor-report.ts";
