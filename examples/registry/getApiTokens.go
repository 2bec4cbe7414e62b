package main

import (
	"github.com/pulumi-jenkins/pulumi-jenkins/sdk/go/jenkins"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		unused := jenkins.GetApiTokensOutput(ctx, jenkins.GetApiTokensOutputArgs{
			UnusedForDays: pulumi.Int(90),
			Via:           pulumi.String("scriptConsole"),
		})
		ctx.Export("userId", unused.UserId())
		ctx.Export("unusedTokens", unused.Tokens())
		return nil
	})
}
