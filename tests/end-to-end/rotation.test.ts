import { describe } from "mocha";
import { rotation } from "./rotation.ts";
import { sideBySide } from "./side-by-side.ts";

describe("A token under the real Pulumi CLI, as time passes,", function () {
  this.timeout("10m");
  sideBySide(rotation);
});
