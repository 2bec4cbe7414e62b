package main

import (
	"github.com/pulumi-jenkins/pulumi-jenkins/sdk/go/jenkins"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		rotated := config.Get(ctx, "rotated")
		if rotated == "" {
			rotated = "2026-11"
		}
		token, err := jenkins.NewApiToken(ctx, "ci", &jenkins.ApiTokenArgs{
			Triggers: pulumi.StringMap{"rotated": pulumi.String(rotated)},
		})
		if err != nil {
			return err
		}
		ctx.Export("userId", token.UserId)
		ctx.Export("tokenName", token.TokenName)
		ctx.Export("tokenValue", token.TokenValue)
		return nil
	})
}
