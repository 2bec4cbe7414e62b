import * as pulumi from "@pulumi/pulumi";
import { JenkinsApiToken } from "pulumi-jenkins";

// The value is stored in the stack config, so the token on a rebuilt Jenkins gets the same value.
const fixedValue = new pulumi.Config().requireSecret("value");
const token = new JenkinsApiToken("deploy", { fixedValue });

export const userId = token.userId;
export const tokenValue = token.tokenValue;
