using System.Collections.Generic;
using System.Linq;
using Pulumi;
using Jenkins = PulumiJenkins.Jenkins;

return await Deployment.RunAsync(() =>
{
    var nightly = new Jenkins.RotatingApiToken("nightly", new()
    {
        RotateEveryDays = 30,
        ExpiresInDays = 75,
    });

    return new Dictionary<string, object?>
    {
        ["userId"] = nightly.UserId,
        ["tokenValue"] = nightly.Current.Apply(current => current.TokenValue),
    };
});
