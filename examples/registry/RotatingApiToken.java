package myproject;

import com.pulumi.Pulumi;
import io.github.pulumijenkins.jenkins.RotatingApiToken;
import io.github.pulumijenkins.jenkins.RotatingApiTokenArgs;

public class App {
    public static void main(String[] args) {
        Pulumi.run(ctx -> {
            var token = new RotatingApiToken("nightly", RotatingApiTokenArgs.builder()
                .rotateEveryDays(30)
                .expiresInDays(75)
                .build());
            ctx.export("userId", token.userId());
            ctx.export("tokenValue", token.current().applyValue(current -> current.tokenValue()));
        });
    }
}
