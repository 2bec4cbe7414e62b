package main

import (
	"github.com/pulumi-jenkins/pulumi-jenkins/sdk/go/jenkins"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		token, err := jenkins.NewRotatingApiToken(ctx, "nightly", &jenkins.RotatingApiTokenArgs{
			RotateEveryDays: pulumi.Int(30),
			ExpiresInDays:   pulumi.Int(75),
		})
		if err != nil {
			return err
		}
		ctx.Export("userId", token.UserId)
		ctx.Export("tokenValue", token.Current.TokenValue())
		return nil
	})
}
