package main

import (
	"sort"
	"strings"

	"github.com/pulumi-jenkins/pulumi-jenkins/sdk/go/jenkins"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

// secondHalf goes on where the program in examples/go ends.
func secondHalf(ctx *pulumi.Context, token *jenkins.ApiToken) error {
	settings := config.New(ctx, "")
	turn := settings.Get("turn")
	url := pulumi.String(settings.Require("url"))

	every, err := jenkins.NewApiToken(ctx, "every", &jenkins.ApiTokenArgs{
		Connection: &jenkins.ConnectionArgs{
			Url:                   url,
			Username:              token.UserId,
			ApiToken:              token.TokenValue,
			InsecureSkipTlsVerify: pulumi.Bool(false),
			RequestTimeoutSeconds: pulumi.Float64(30),
			WaitForReadySeconds:   pulumi.Float64(0),
		},
		User:            pulumi.String("alice"),
		TokenName:       pulumi.String("every input"),
		ExpiresInDays:   pulumi.Int(30),
		RenewBeforeDays: pulumi.Int(5),
		Triggers:        pulumi.StringMap{"turn": pulumi.String("1")},
		Via:             pulumi.String("rest"),
	})
	if err != nil {
		return err
	}
	ctx.Export("every", every.TokenValue)
	ctx.Export("everyExpiresOn", every.ExpiresOn)

	byHand, err := jenkins.NewApiToken(ctx, "by-hand", &jenkins.ApiTokenArgs{
		TokenName:  pulumi.String("by hand"),
		TokenValue: settings.RequireSecret("byHand"),
	})
	if err != nil {
		return err
	}
	ctx.Export("byHand", byHand.TokenValue)

	login, err := jenkins.NewProvider(ctx, "login", &jenkins.ProviderArgs{
		Url:      url,
		Username: pulumi.String("alice"),
		Password: settings.RequireSecret("password"),
	})
	if err != nil {
		return err
	}
	explicit, err := jenkins.NewApiToken(ctx, "explicit", nil, pulumi.Provider(login))
	if err != nil {
		return err
	}
	ctx.Export("explicit", explicit.TokenValue)

	nightly, err := jenkins.NewRotatingApiToken(ctx, "nightly", &jenkins.RotatingApiTokenArgs{
		RotateEveryDays: pulumi.Int(30),
		Triggers:        pulumi.StringMap{"turn": pulumi.String(turn)},
	})
	if err != nil {
		return err
	}
	ctx.Export("current", nightly.Current.TokenValue())
	ctx.Export("previous", nightly.Previous.TokenValue())

	found := jenkins.GetApiTokensOutput(ctx, jenkins.GetApiTokensOutputArgs{User: every.UserId})
	ctx.Export("found", found.Tokens().ApplyT(func(tokens []jenkins.ReviewedToken) string {
		var names []string
		for _, token := range tokens {
			names = append(names, token.TokenName)
		}
		sort.Strings(names)
		return strings.Join(names, ",")
	}))
	return nil
}
