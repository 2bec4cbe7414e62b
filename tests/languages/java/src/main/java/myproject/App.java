package myproject;

import com.pulumi.Context;
import com.pulumi.Pulumi;
import com.pulumi.core.Output;
import com.pulumi.resources.CustomResourceOptions;
import io.github.pulumijenkins.jenkins.ApiToken;
import io.github.pulumijenkins.jenkins.ApiTokenArgs;
import io.github.pulumijenkins.jenkins.JenkinsFunctions;
import io.github.pulumijenkins.jenkins.Provider;
import io.github.pulumijenkins.jenkins.ProviderArgs;
import io.github.pulumijenkins.jenkins.RotatingApiToken;
import io.github.pulumijenkins.jenkins.RotatingApiTokenArgs;
import io.github.pulumijenkins.jenkins.inputs.ConnectionArgs;
import io.github.pulumijenkins.jenkins.inputs.GetApiTokensArgs;
import io.github.pulumijenkins.jenkins.outputs.RotatedToken;
import java.util.Map;
import java.util.stream.Collectors;

public class App {
    public static void main(String[] args) {
        Pulumi.run(App::firstHalf);
    }

    private static void firstHalf(Context ctx) {
        var rotated = ctx.config().get("rotated").orElse("2026-11");
        var token = new ApiToken("ci", ApiTokenArgs.builder().triggers(Map.of("rotated", rotated)).build());
        ctx.export("userId", token.userId());
        ctx.export("tokenName", token.tokenName());
        ctx.export("tokenValue", token.tokenValue());
        if (ctx.config().get("url").isPresent()) {
            secondHalf(ctx, token);
        }
    }

    private static void secondHalf(Context ctx, ApiToken token) {
        var config = ctx.config();
        var url = config.require("url");

        var every = new ApiToken("every", ApiTokenArgs.builder()
            .connection(ConnectionArgs.builder()
                .url(url)
                .username(token.userId())
                .apiToken(token.tokenValue().applyValue(value -> value.orElseThrow()))
                .insecureSkipTlsVerify(false)
                .requestTimeoutSeconds(30.0)
                .waitForReadySeconds(0.0)
                .build())
            .user("alice")
            .tokenName("every input")
            .expiresInDays(30)
            .renewBeforeDays(5)
            .triggers(Map.of("turn", "1"))
            .via("rest")
            .build());
        ctx.export("every", every.tokenValue());
        ctx.export("everyExpiresOn", every.expiresOn());

        var byHand = new ApiToken("by-hand", ApiTokenArgs.builder()
            .tokenName("by hand")
            .tokenValue(config.requireSecret("byHand"))
            .build());
        ctx.export("byHand", byHand.tokenValue());

        var login = new Provider("login", ProviderArgs.builder()
            .url(url)
            .username("alice")
            .password(config.requireSecret("password"))
            .build());
        var explicit = new ApiToken("explicit", ApiTokenArgs.Empty, CustomResourceOptions.builder().provider(login).build());
        ctx.export("explicit", explicit.tokenValue());

        var nightly = new RotatingApiToken("nightly", RotatingApiTokenArgs.builder()
            .rotateEveryDays(30)
            .triggers(Map.of("turn", config.get("turn").orElse("1")))
            .build());
        ctx.export("current", nightly.current().applyValue(RotatedToken::tokenValue));
        ctx.export("previous", nightly.previous().applyValue(previous -> previous.map(RotatedToken::tokenValue).orElse("")));

        var found = JenkinsFunctions.getApiTokens(GetApiTokensArgs.builder().user(every.userId()).build());
        ctx.export("found", found.applyValue(result ->
            result.tokens().stream().map(one -> one.tokenName()).sorted().collect(Collectors.joining(","))));
    }
}
