package main

import (
	"github.com/pulumi-jenkins/pulumi-jenkins/sdk/go/jenkins"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		token, err := jenkins.NewApiToken(ctx, "ci", &jenkins.ApiTokenArgs{
			ExpiresInDays:   pulumi.Int(90),
			RenewBeforeDays: pulumi.Int(14),
		})
		if err != nil {
			return err
		}
		ctx.Export("userId", token.UserId)
		ctx.Export("tokenValue", token.TokenValue)
		return nil
	})
}
