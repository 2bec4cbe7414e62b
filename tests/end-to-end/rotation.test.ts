import { describe } from "mocha";
import { rotation } from "./rotation.ts";
import { sideBySide } from "./side-by-side.ts";

describe("A token under the real Pulumi CLI, in the course of time", function () {
  this.timeout("10m");
  sideBySide(rotation);
});
