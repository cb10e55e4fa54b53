export * from "./duration";
export * from "./number";
export * from "./quantity";
export * from "./text";
export * from "./time";
