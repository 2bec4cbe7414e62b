using System.Collections.Generic;
using System.Linq;
using Pulumi;
using Jenkins = PulumiJenkins.Jenkins;

return await Deployment.RunAsync(() =>
{
    var ci = new Jenkins.ApiToken("ci", new()
    {
        ExpiresInDays = 90,
        RenewBeforeDays = 14,
    });

    return new Dictionary<string, object?>
    {
        ["userId"] = ci.UserId,
        ["tokenValue"] = ci.TokenValue,
    };
});
