"""What ministack lacks of CloudFormation: the pseudo parameters (`AWS::Region`, ...) in conditions, and queries of Logs
Insights, which are taken and do nothing: nobody asks for them there.
"""


def complete():
    from ministack.core.responses import get_account_id, get_region
    from ministack.services.cloudformation import changesets, engine, handlers, provisioners, stacks

    without = engine._evaluate_conditions

    def evaluate(template, parameters):
        pseudo = {"AWS::Region": get_region(), "AWS::AccountId": get_account_id(), "AWS::Partition": "aws"}
        return without(template, {**{name: {"Value": value} for name, value in pseudo.items()}, **parameters})

    provisioners._RESOURCE_HANDLERS["AWS::Logs::QueryDefinition"] = {
        "create": lambda logical_id, properties, stack: (f"{stack}-{logical_id}", {}),
        "update": lambda physical_id, *rest, **named: (physical_id, {}),
        "delete": lambda *rest, **named: None,
    }
    for module in (changesets, engine, handlers, stacks):
        module._evaluate_conditions = evaluate
