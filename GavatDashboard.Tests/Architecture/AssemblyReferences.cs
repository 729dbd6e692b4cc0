using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace GavatDashboard.Tests.Architecture;

/// <summary>Which type of an assembly uses which other assemblies: base types, signatures, attributes and method bodies.</summary>
internal sealed class AssemblyReferences : IDisposable
{
    private static readonly Dictionary<int, OpCode> OpCodesByValue = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => (int)(ushort)code.Value);

    private readonly PEReader file;
    private readonly MetadataReader metadata;

    public AssemblyReferences(Assembly assembly)
    {
        file = new PEReader(File.OpenRead(assembly.Location));
        metadata = file.GetMetadataReader();
    }

    /// <summary>The assemblies that the whole assembly refers to.</summary>
    public IReadOnlyList<string> Assemblies =>
        [.. metadata.AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))];

    /// <summary>Pairs of an outermost type's full name and an assembly that it, or a type inside it, uses.</summary>
    public IReadOnlySet<(string Type, string Assembly)> Uses()
    {
        var uses = new HashSet<(string, string)>();
        foreach (var handle in metadata.TypeDefinitions)
        {
            var name = OutermostName(handle);
            foreach (var assembly in AssembliesOf(metadata.GetTypeDefinition(handle)))
            {
                uses.Add((name, assembly));
            }
        }

        return uses;
    }

    public void Dispose() => file.Dispose();

    private IEnumerable<string> AssembliesOf(TypeDefinition type)
    {
        var handles = new List<EntityHandle> { type.BaseType };
        handles.AddRange(type.GetInterfaceImplementations().Select(each => metadata.GetInterfaceImplementation(each).Interface));
        handles.AddRange(type.GetCustomAttributes().Select(each => metadata.GetCustomAttribute(each).Constructor));
        var found = new HashSet<string>(handles.SelectMany(AssembliesOf));
        foreach (var field in type.GetFields())
        {
            found.UnionWith(metadata.GetFieldDefinition(field).DecodeSignature(new Collector(this), null));
        }

        foreach (var method in type.GetMethods())
        {
            found.UnionWith(AssembliesOf(metadata.GetMethodDefinition(method)));
        }

        return found;
    }

    private IEnumerable<string> AssembliesOf(MethodDefinition method)
    {
        var found = new HashSet<string>(Flatten(method.DecodeSignature(new Collector(this), null)));
        if (method.RelativeVirtualAddress == 0)
        {
            return found;
        }

        var body = file.GetMethodBody(method.RelativeVirtualAddress);
        if (!body.LocalSignature.IsNil)
        {
            found.UnionWith(metadata.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(new Collector(this), null).SelectMany(each => each));
        }

        found.UnionWith(body.ExceptionRegions.SelectMany(region => AssembliesOf(region.CatchType)));
        found.UnionWith(Operands(body.GetILReader()).SelectMany(AssembliesOf));
        return found;
    }

    private IEnumerable<string> AssembliesOf(EntityHandle handle)
    {
        if (handle.IsNil)
        {
            return [];
        }

        var collector = new Collector(this);
        switch (handle.Kind)
        {
            case HandleKind.TypeReference:
                return AssemblyOf((TypeReferenceHandle)handle);
            case HandleKind.TypeSpecification:
                return metadata.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(collector, null);
            case HandleKind.MethodSpecification:
                var generic = metadata.GetMethodSpecification((MethodSpecificationHandle)handle);
                return generic.DecodeSignature(collector, null).SelectMany(each => each).Concat(AssembliesOf(generic.Method));
            case HandleKind.MemberReference:
                var member = metadata.GetMemberReference((MemberReferenceHandle)handle);
                var signature = member.GetKind() == MemberReferenceKind.Field
                    ? member.DecodeFieldSignature(collector, null)
                    : Flatten(member.DecodeMethodSignature(collector, null));
                return signature.Concat(AssembliesOf(member.Parent));
            default:
                return []; // a definition of the assembly itself
        }
    }

    private ImmutableArray<string> AssemblyOf(TypeReferenceHandle handle)
    {
        var scope = metadata.GetTypeReference(handle).ResolutionScope;
        return scope.Kind switch
        {
            HandleKind.TypeReference => AssemblyOf((TypeReferenceHandle)scope), // a nested type: ask the outer one
            HandleKind.AssemblyReference => [metadata.GetString(metadata.GetAssemblyReference((AssemblyReferenceHandle)scope).Name)],
            _ => [],
        };
    }

    private string OutermostName(TypeDefinitionHandle handle)
    {
        var type = metadata.GetTypeDefinition(handle);
        while (!type.GetDeclaringType().IsNil)
        {
            type = metadata.GetTypeDefinition(type.GetDeclaringType());
        }

        var space = metadata.GetString(type.Namespace);
        var name = metadata.GetString(type.Name);
        return space.Length == 0 ? name : $"{space}.{name}";
    }

    private static IEnumerable<string> Flatten(MethodSignature<ImmutableArray<string>> signature) =>
        signature.ParameterTypes.SelectMany(each => each).Concat(signature.ReturnType);

    private static List<EntityHandle> Operands(BlobReader body)
    {
        var handles = new List<EntityHandle>();
        while (body.RemainingBytes > 0)
        {
            var first = body.ReadByte();
            var code = OpCodesByValue[first == 0xFE ? (0xFE << 8) | body.ReadByte() : first];
            switch (code.OperandType)
            {
                case OperandType.InlineNone:
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    body.Offset += 1;
                    break;
                case OperandType.InlineVar:
                    body.Offset += 2;
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    body.Offset += 8;
                    break;
                case OperandType.InlineSwitch:
                    var targets = body.ReadInt32(); // before the offset is read: reading moves it
                    body.Offset += 4 * targets;
                    break;
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType:
                    handles.Add(MetadataTokens.EntityHandle(body.ReadInt32()));
                    break;
                default:
                    body.Offset += 4;
                    break;
            }
        }

        return handles;
    }

    /// <summary>Turns a signature into the assemblies named in it.</summary>
    private sealed class Collector(AssemblyReferences owner) : ISignatureTypeProvider<ImmutableArray<string>, object?>
    {
        public ImmutableArray<string> GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => owner.AssemblyOf(handle);

        public ImmutableArray<string> GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
            reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

        public ImmutableArray<string> GetGenericInstantiation(ImmutableArray<string> genericType, ImmutableArray<ImmutableArray<string>> typeArguments) =>
            [.. genericType, .. typeArguments.SelectMany(each => each)];

        public ImmutableArray<string> GetFunctionPointerType(MethodSignature<ImmutableArray<string>> signature) => [.. Flatten(signature)];

        public ImmutableArray<string> GetModifiedType(ImmutableArray<string> modifier, ImmutableArray<string> unmodifiedType, bool isRequired) => [.. modifier, .. unmodifiedType];

        public ImmutableArray<string> GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => [];

        public ImmutableArray<string> GetPrimitiveType(PrimitiveTypeCode typeCode) => [];

        public ImmutableArray<string> GetGenericMethodParameter(object? genericContext, int index) => [];

        public ImmutableArray<string> GetGenericTypeParameter(object? genericContext, int index) => [];

        public ImmutableArray<string> GetArrayType(ImmutableArray<string> elementType, ArrayShape shape) => elementType;

        public ImmutableArray<string> GetSZArrayType(ImmutableArray<string> elementType) => elementType;

        public ImmutableArray<string> GetByReferenceType(ImmutableArray<string> elementType) => elementType;

        public ImmutableArray<string> GetPointerType(ImmutableArray<string> elementType) => elementType;

        public ImmutableArray<string> GetPinnedType(ImmutableArray<string> elementType) => elementType;
    }
}
