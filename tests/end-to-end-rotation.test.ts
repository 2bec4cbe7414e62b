import { describe } from "mocha";
import { rotation } from "./pulumi/rotation.ts";
import { sideBySide } from "./pulumi/side-by-side.ts";

describe("A token under the real Pulumi CLI, in the course of time", function () {
  this.timeout("10m");
  sideBySide(rotation);
});
